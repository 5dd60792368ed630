import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { ActButton } from './act-button';

describe('a button that is off', () => {
  it('says why, beside it and to a screen reader, and does nothing', async () => {
    const act = vi.fn();
    render(
      <ActButton off="You may see this but not change it." onClick={act}>
        Change
      </ActButton>,
    );
    const button = screen.getByRole('button', { name: 'Change' });
    expect(button).toHaveAccessibleDescription('You may see this but not change it.');
    expect(screen.getByText('You may see this but not change it.')).toBeVisible();
    await userEvent.click(button);
    expect(act).not.toHaveBeenCalled();
  });

  it('keeps its name where the reason is a tip', () => {
    render(
      <ActButton off="This is the last page." reason="tip">
        Next
      </ActButton>,
    );
    expect(screen.getByRole('button', { name: 'Next' })).toHaveAccessibleDescription('This is the last page.');
  });

  it('stays where the keyboard finds it', async () => {
    render(<ActButton off="Not now.">Change</ActButton>);
    await userEvent.tab();
    expect(screen.getByRole('button')).toHaveFocus();
    expect(screen.getByRole('button')).toBeEnabled();
  });
});

describe('a button that works', () => {
  it('says so, and is not pressed twice', async () => {
    const act = vi.fn();
    render(
      <ActButton busy="Changing" onClick={act}>
        Change
      </ActButton>,
    );
    const button = screen.getByRole('button', { name: 'Changing' });
    expect(button).toHaveAttribute('aria-busy', 'true');
    await userEvent.click(button);
    expect(act).not.toHaveBeenCalled();
  });

  it('does what it says when nothing holds it', async () => {
    const act = vi.fn();
    render(<ActButton onClick={act}>Change</ActButton>);
    await userEvent.click(screen.getByRole('button', { name: 'Change' }));
    expect(act).toHaveBeenCalledOnce();
  });
});
