import '@fontsource-variable/jetbrains-mono';
import ContentCopyOutlined from '@mui/icons-material/ContentCopyOutlined';
import DoneOutlined from '@mui/icons-material/DoneOutlined';
import { IconButton, Tooltip } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import './code.css';

/** Code to read, with a button that copies it. `name` says what it is. */
export function CodeBlock({ text, name }: { text: string; name: string }) {
  const translate = useTranslate();
  const [isCopied, setCopied] = useState(false);
  return (
    <div className="code-block">
      {/* Long code scrolls, so the keyboard must reach it. */}
      <pre className="mono" tabIndex={0} role="region" aria-label={name}>
        {text}
      </pre>
      <Tooltip title={translate(isCopied ? 'value.copied' : 'value.copy')}>
        <IconButton
          className="copy"
          aria-label={translate('value.copy_id', { id: name })}
          sx={{ width: 28, height: 28, '& svg': { fontSize: 15 } }}
          onClick={() => {
            void navigator.clipboard.writeText(text);
            setCopied(true);
          }}
          onBlur={() => setCopied(false)}
        >
          {isCopied ? <DoneOutlined /> : <ContentCopyOutlined />}
        </IconButton>
      </Tooltip>
    </div>
  );
}
