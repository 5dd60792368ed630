import '@fontsource-variable/jetbrains-mono';
import { type ReactNode, useId, useRef } from 'react';
import './code.css';

/** A text field for code: a mono face with line numbers, and the line of a fault marked. The Tab key leaves it. */
export function CodeArea({
  label,
  value,
  onChange,
  help,
  error,
  errorLine,
  minLines = 2,
  maxLines = 24,
  readOnly,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  help?: ReactNode;
  error?: ReactNode;
  /** Line of the fault, from 1. */
  errorLine?: number | undefined;
  minLines?: number;
  maxLines?: number;
  readOnly?: boolean;
}) {
  const id = useId();
  const gutter = useRef<HTMLDivElement>(null);
  const lines = value.split('\n').length;
  const rows = Math.min(maxLines, Math.max(minLines, lines));
  return (
    <div className={`code-area${error ? ' wrong' : ''}`}>
      <label htmlFor={id}>{label}</label>
      <div className="frame">
        <div className="gutter" aria-hidden="true" ref={gutter} style={{ maxHeight: rows * 18 + 12 }}>
          {Array.from({ length: Math.max(lines, rows) }, (_, at) => (
            <div key={at} className={at + 1 === errorLine ? 'at' : undefined}>
              {at < lines ? at + 1 : ' '}
            </div>
          ))}
        </div>
        <textarea
          id={id}
          value={value}
          rows={rows}
          readOnly={readOnly}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          aria-invalid={!!error}
          aria-describedby={error || help ? `${id}-help` : undefined}
          onChange={(event) => onChange(event.target.value)}
          onScroll={({ currentTarget }) => gutter.current && (gutter.current.scrollTop = currentTarget.scrollTop)}
        />
      </div>
      {(error || help) && (
        <div id={`${id}-help`} className={error ? 'field-error' : 'small mute'} role={error ? 'alert' : undefined}>
          {error || help}
        </div>
      )}
    </div>
  );
}
