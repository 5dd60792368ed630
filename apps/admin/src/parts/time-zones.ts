/** Time zones to choose from, by name. Not every browser lists UTC. */
export const timeZones: string[] = [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])].toSorted();
