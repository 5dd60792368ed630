import { lookSearch } from './look-search';

describe('the address of a quick look', () => {
  it('keeps the filters and the page of its list, also when it is closed', () => {
    const open = lookSearch('?filter=%7B%22state%22%3A%22failed%22%7D&page=3', 'j1');
    expect(open).toBe('filter=%7B%22state%22%3A%22failed%22%7D&page=3&look=j1');
    expect(lookSearch(open, 'j2')).toBe('filter=%7B%22state%22%3A%22failed%22%7D&page=3&look=j2');
    expect(lookSearch(open, null)).toBe('filter=%7B%22state%22%3A%22failed%22%7D&page=3');
  });
});
