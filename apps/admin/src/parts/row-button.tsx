import { Button } from '@mui/material';
import type { ReactNode } from 'react';

/** First column of a table whose rows open at the side: looks like the link that others have. */
export function RowButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <Button
      variant="text"
      onClick={onClick}
      sx={{ px: 0, minWidth: 0, color: 'text.primary', textAlign: 'start', '&:hover': { textDecoration: 'underline', background: 'none' } }}
    >
      {children}
    </Button>
  );
}
