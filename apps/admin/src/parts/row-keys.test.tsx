import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useMemo, useState } from 'react';
import { useRowKeys } from './row-keys';

const people = ['Amara', 'Ben', 'Cleo'];

/** A list with three rows, a search field and a button. */
function People({ onRedrive, isAsking = false }: { onRedrive: () => void; isAsking?: boolean }) {
  useRowKeys(useMemo(() => ({ r: onRedrive }), [onRedrive]));
  const [ticked, setTicked] = useState<string[]>([]);
  return (
    <main>
      <input aria-label="Search" />
      <button type="button">Export</button>
      <table className="table">
        <tbody>
          {people.map((name) => (
            <tr key={name}>
              <td>
                <input
                  type="checkbox"
                  aria-label={`Select ${name}`}
                  checked={ticked.includes(name)}
                  onChange={() => setTicked(ticked.includes(name) ? ticked.filter((one) => one !== name) : [...ticked, name])}
                />
              </td>
              <td className="name">
                <a href={`#${name}`}>{name}</a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {isAsking && <div role="dialog">Sure?</div>}
    </main>
  );
}

const row = (name: string) => screen.getByRole('link', { name });

describe('keys of a list', () => {
  it('J and K move between the rows, and stop at the ends', async () => {
    render(<People onRedrive={vi.fn()} />);
    await userEvent.keyboard('j');
    expect(row('Amara')).toHaveFocus();
    await userEvent.keyboard('k');
    expect(row('Amara')).toHaveFocus();
    await userEvent.keyboard('jjj');
    expect(row('Cleo')).toHaveFocus();
    await userEvent.keyboard('k');
    expect(row('Ben')).toHaveFocus();
  });

  it('K begins with the last row, and J goes on from a part of a row', async () => {
    render(<People onRedrive={vi.fn()} />);
    await userEvent.keyboard('k');
    expect(row('Cleo')).toHaveFocus();
    screen.getByRole('checkbox', { name: 'Select Amara' }).focus();
    await userEvent.keyboard('j');
    expect(row('Ben')).toHaveFocus();
  });

  it('Space selects the row that has the focus, once, also where its box has it', async () => {
    render(<People onRedrive={vi.fn()} />);
    const ben = screen.getByRole('checkbox', { name: 'Select Ben' });
    await userEvent.keyboard('jj ');
    expect(ben).toBeChecked();
    expect(row('Ben')).toHaveFocus();
    await userEvent.keyboard(' ');
    expect(ben).not.toBeChecked();
    ben.focus();
    await userEvent.keyboard(' ');
    expect(ben).toBeChecked();
  });

  it('a key of the page acts, but not for who types, presses a button or holds Ctrl', async () => {
    const onRedrive = vi.fn();
    render(<People onRedrive={onRedrive} />);
    await userEvent.keyboard('jr');
    expect(onRedrive).toHaveBeenCalledTimes(1);
    screen.getByRole('button', { name: 'Export' }).focus();
    await userEvent.keyboard('r');
    row('Ben').focus();
    await userEvent.keyboard('{Control>}r{/Control}');
    const search = screen.getByRole('textbox', { name: 'Search' });
    await userEvent.type(search, 'jkr ');
    expect(search).toHaveValue('jkr ');
    expect(onRedrive).toHaveBeenCalledTimes(1);
  });

  it('nothing happens under a dialog', async () => {
    const onRedrive = vi.fn();
    render(<People onRedrive={onRedrive} isAsking />);
    await userEvent.keyboard('jr');
    expect(document.body).toHaveFocus();
    expect(onRedrive).not.toHaveBeenCalled();
  });
});
