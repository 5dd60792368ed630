import CheckOutlined from '@mui/icons-material/CheckOutlined';
import ContentCopyOutlined from '@mui/icons-material/ContentCopyOutlined';
import { Button } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';

/** Shows a text in full, with a button that copies it. */
export function CopyBox({ label, value }: { label: string; value: string }) {
  const translate = useTranslate();
  const [isCopied, setCopied] = useState(false);
  return (
    <div role="group" aria-label={label}>
      <div className="row" style={{ justifyContent: 'space-between', flexWrap: 'nowrap' }}>
        <span className="strong" style={{ fontSize: 13 }}>
          {label}
        </span>
        <Button
          variant="text"
          startIcon={isCopied ? <CheckOutlined /> : <ContentCopyOutlined />}
          aria-label={translate('copy_box.copy', { name: label })}
          onClick={() => void navigator.clipboard.writeText(value).then(() => setCopied(true))}
          onBlur={() => setCopied(false)}
        >
          <span aria-live="polite">{translate(isCopied ? 'value.copied' : 'value.copy')}</span>
        </Button>
      </div>
      <div className="code mono" dir="ltr" style={{ marginTop: 0 }}>
        {value}
      </div>
    </div>
  );
}
