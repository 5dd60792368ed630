/** The same keys as in English, with words of another language. A key too few or too many does not compile. */
export type Words<T> = { [K in keyof T]: T[K] extends string ? string : Words<T[K]> };
