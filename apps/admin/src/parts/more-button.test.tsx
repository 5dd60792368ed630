import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MoreButton } from './more-button';

function shown(hasNextPage: boolean, isFetchingNextPage = false) {
  const fetchNextPage = vi.fn();
  render(<MoreButton pages={{ hasNextPage, isFetchingNextPage, fetchNextPage }}>Show more</MoreButton>);
  return fetchNextPage;
}

describe('the end of a list', () => {
  it('offers the next page', async () => {
    const fetchNextPage = shown(true);
    await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
    expect(fetchNextPage).toHaveBeenCalledTimes(1);
  });

  it('asks for nothing while a page is on its way', async () => {
    const fetchNextPage = shown(true, true);
    await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
    expect(fetchNextPage).not.toHaveBeenCalled();
  });

  it('offers nothing after the last page', () => {
    shown(false);
    expect(screen.queryByRole('button')).toBeNull();
  });
});
