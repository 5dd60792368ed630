/** Returns the end of a window as a clock shows it: a window until the end of the day ends at 00:00. */
export const shownEnd = (to: string): string => (to === '24:00' ? '00:00' : to);

/** Returns the end of a window that somebody entered: midnight is the end of the day, since no window ends where a day begins. */
export const storedEnd = (entered: string): string => (entered === '00:00' ? '24:00' : entered);
