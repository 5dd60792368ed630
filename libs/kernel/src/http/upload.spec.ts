import fc from 'fast-check';
import { plainFileName } from './upload';

describe('the name of an uploaded file', () => {
  it.each([
    ['C:\\photos\\one.png', 'one.png'],
    ['../../etc/passwd', 'passwd'],
    ['\u202egpj.exe', 'gpj.exe'],
    ['a\u0000\r\n"b\u2066.txt', 'ab.txt'],
    ['folder/', ''],
    ['', ''],
    [undefined, ''],
  ])('%j is %j', (given, name) => {
    expect(plainFileName(given)).toBe(name);
  });

  it('has no path, no marks and at most 200 characters, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (given) => {
        const name = plainFileName(given);
        expect([...name].length).toBeLessThanOrEqual(200);
        expect(name).not.toMatch(/[\\/\p{Cc}\p{Cf}\p{Cs}"]/u);
        expect(plainFileName(name)).toBe(name);
      }),
    );
  });
});
