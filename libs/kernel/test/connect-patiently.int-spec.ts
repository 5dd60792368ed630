import { Logger } from '@nestjs/common';
import { connectPatiently } from '../src/database/connect-patiently';
import { createTestDatabase, flakyProxy } from '../testing';

describe('a data source of a process that starts', () => {
  it('is opened once a database that was down is back', async () => {
    const { url, drop } = await createTestDatabase();
    const line = await flakyProxy(url);
    const warned = new Promise<void>((resolve) => jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => resolve()));
    try {
      line.cut();
      const opening = connectPatiently({ type: 'postgres', url: line.url });
      await warned;
      line.heal();
      const dataSource = await opening;
      expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await dataSource.destroy();
    } finally {
      await line.close();
      await drop();
    }
  });

  it('is not tried again when there is no such database', async () => {
    const { url, drop } = await createTestDatabase();
    await drop();
    await expect(connectPatiently({ type: 'postgres', url })).rejects.toThrow('does not exist');
  });
});
