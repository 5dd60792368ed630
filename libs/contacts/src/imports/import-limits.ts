/** Limits of an import. */
export const importLimits = {
  /** Bytes of a file. */
  maxBytes: 256 * 1024 * 1024,
  /** Bytes of the files and chunks that a tenant has stored. */
  maxTenantBytes: 5 * 1024 * 1024 * 1024,
  maxRows: 2_000_000,
  maxColumns: 256,
  maxColumnName: 128,
  maxTag: 64,
  maxName: 255,
  maxExternalId: 255,
  /** Characters of a row of CSV. A quote that is never closed ends here instead of with the file. */
  maxRecord: 1024 * 1024,
  /** Characters of a cell of XLSX, as Excel has it. */
  maxCell: 32_767,
  /** Characters of a cell that stays a variable; longer ones are left out. */
  maxVariable: 4_096,
} as const;
