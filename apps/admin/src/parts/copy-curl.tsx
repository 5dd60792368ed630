import CheckOutlined from '@mui/icons-material/CheckOutlined';
import ContentCopyOutlined from '@mui/icons-material/ContentCopyOutlined';
import { Button, type ButtonProps } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { type Call, curlOf } from './curl';

/** Copies the command that does over the API what the page does. Each copy of a POST has an idempotency key of its own. */
export function CopyCurl({ call, variant = 'outlined' }: { call: Call; variant?: ButtonProps['variant'] }) {
  const translate = useTranslate();
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    const command = curlOf(window.location.origin, call, { idempotencyKey: crypto.randomUUID() });
    void navigator.clipboard.writeText(command).then(() => setCopied(true));
  };
  return (
    <Button
      variant={variant}
      className="narrow-hide"
      startIcon={isCopied ? <CheckOutlined /> : <ContentCopyOutlined />}
      onClick={copy}
      onBlur={() => setCopied(false)}
    >
      <span aria-live="polite">{translate(isCopied ? 'value.copied' : 'value.copy_curl')}</span>
    </Button>
  );
}
