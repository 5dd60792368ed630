import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { createMemoryRouter, Link, Outlet, RouterProvider } from 'react-router-dom';
import { show } from '../testing/show';
import { DrawerForm } from './drawer-form';
import { LeaveGuard, useUnsaved } from './unsaved';

function Form() {
  const [text, setText] = useState('');
  const letGo = useUnsaved(text !== '');
  return (
    <>
      <input aria-label="Name" value={text} onChange={(event) => setText(event.target.value)} />
      <Link to="/other">Other page</Link>
      <Link to="/form?tab=2">Other tab</Link>
      <Link to="/other" onClick={letGo}>
        Save
      </Link>
    </>
  );
}

function open() {
  const frame = (
    <>
      <LeaveGuard />
      <Outlet />
    </>
  );
  const router = createMemoryRouter(
    [
      {
        element: frame,
        children: [
          { path: '/form', element: <Form /> },
          { path: '*', element: <p>Other</p> },
        ],
      },
    ],
    { initialEntries: ['/form'] },
  );
  show(<RouterProvider router={router} />, { hasRouter: true });
  return router;
}
const press = (name: string) => userEvent.click(screen.getByRole('button', { name }));
const follow = (name: string) => userEvent.click(screen.getByRole('link', { name }));
const closing = () => {
  const event = new Event('beforeunload', { cancelable: true });
  dispatchEvent(event);
  return event.defaultPrevented;
};

describe('a page with something unsaved', () => {
  it('is left without a question while nothing is typed', async () => {
    open();
    expect(closing()).toBe(false);
    await follow('Other page');
    await screen.findByText('Other');
  });

  it('asks before another page opens, and keeps what was typed', async () => {
    const router = open();
    await userEvent.type(screen.getByLabelText('Name'), 'Ada');
    expect(closing()).toBe(true);
    await follow('Other page');
    await screen.findByRole('dialog', { name: 'Leave without saving?' });
    await press('Stay here');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(screen.getByLabelText<HTMLInputElement>('Name').value).toBe('Ada');
    await follow('Other tab');
    expect(router.state.location.search).toBe('?tab=2');
    await follow('Other page');
    await screen.findByRole('dialog');
    await press('Leave and lose it');
    await screen.findByText('Other');
    expect(closing()).toBe(false);
  });

  it('opens the next page by itself once it has saved', async () => {
    open();
    await userEvent.type(screen.getByLabelText('Name'), 'Ada');
    await follow('Save');
    await screen.findByText('Other');
  });

  it('does not keep anybody from the sign-in page', async () => {
    const router = open();
    await userEvent.type(screen.getByLabelText('Name'), 'Ada');
    await act(() => router.navigate('/login'));
    await screen.findByText('Other');
  });
});

describe('a form at the side', () => {
  function drawer() {
    const done = { onDo: vi.fn(), onClose: vi.fn() };
    show(
      <DrawerForm title="Add" button="Save" back="Change nothing" busy={false} {...done}>
        <input aria-label="Name" />
        <input aria-label="Tick" type="checkbox" />
      </DrawerForm>,
    );
    return done;
  }
  const closePanel = () => press('Close the panel');

  it('is closed at once while no text was typed', async () => {
    const { onClose } = drawer();
    await userEvent.click(screen.getByLabelText('Tick'));
    await closePanel();
    expect(onClose).toHaveBeenCalledOnce();
  });

  it('asks before typed text is lost, except by the button that says so', async () => {
    const { onClose } = drawer();
    await userEvent.type(screen.getByLabelText('Name'), 'Ada');
    await closePanel();
    await screen.findByRole('dialog', { name: 'Leave without saving?' });
    expect(onClose).not.toHaveBeenCalled();
    await press('Leave and lose it');
    expect(onClose).toHaveBeenCalledOnce();
  });

  it('lets go of what it sends', async () => {
    const { onDo, onClose } = drawer();
    await userEvent.type(screen.getByLabelText('Name'), 'Ada');
    await press('Save');
    expect(onDo).toHaveBeenCalledOnce();
    await closePanel();
    expect(onClose).toHaveBeenCalledOnce();
  });
});
