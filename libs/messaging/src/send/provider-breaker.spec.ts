import { ProviderBreaker } from './provider-breaker';

describe('ProviderBreaker', () => {
  it('opens after ten failures in a row and lets one probe pass every 30 s', () => {
    const breaker = new ProviderBreaker();
    for (let i = 1; i < 10; i++) expect(breaker.failed(0)).toBe(false);
    expect(breaker.admit(0)).toBe(0);
    expect(breaker.failed(0)).toBe(true);
    expect(breaker.admit(0)).toBe(30_000);
    expect(breaker.admit(30_000)).toBe(0);
    expect(breaker.admit(30_001)).toBe(29_999);
  });

  it('lets the next caller pass when the probe made no call', () => {
    const breaker = new ProviderBreaker();
    breaker.giveProbeBack(0);
    for (let i = 0; i < 10; i++) breaker.failed(0);
    expect(breaker.admit(30_000)).toBe(0);
    breaker.giveProbeBack(30_010);
    expect(breaker.admit(30_011)).toBe(0);
    expect(breaker.admit(30_012)).toBe(29_999);
  });

  it('closes at the first answer', () => {
    const breaker = new ProviderBreaker();
    for (let i = 0; i < 12; i++) breaker.failed(0);
    expect(breaker.answered()).toBe(true);
    expect(breaker.admit(1)).toBe(0);
    expect(breaker.answered()).toBe(false);
  });

  it('counts only failures in a row', () => {
    const breaker = new ProviderBreaker();
    for (let i = 0; i < 50; i++) {
      breaker.failed(0);
      if (i % 9 === 8) breaker.answered();
    }
    expect(breaker.isOpen).toBe(false);
  });
});
