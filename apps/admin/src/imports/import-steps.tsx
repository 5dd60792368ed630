import CheckOutlined from '@mui/icons-material/CheckOutlined';
import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';

const steps = ['file', 'columns', 'check', 'run'] as const;
export type ImportStep = (typeof steps)[number];

/** The four steps of an import, with the present one. `isOver`: all are done. */
export function ImportSteps({ at, isOver = false }: { at: ImportStep; isOver?: boolean }) {
  const translate = useTranslate();
  const present = steps.indexOf(at);
  return (
    <ol className="import-steps" aria-label={translate('imports.steps')}>
      {steps.map((step, i) => {
        const isDone = isOver || i < present;
        return (
          <li key={step} className={isDone ? 'done' : undefined} aria-current={!isOver && i === present ? 'step' : undefined}>
            <i>{isDone ? <CheckOutlined /> : i + 1}</i>
            <span>{translate(`imports.step.${step}`)}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** The foot of a step, which stays in view: back at the start, the one button at the end. */
export function ImportDock({ back, note, children }: { back?: ReactNode; note?: ReactNode; children: ReactNode }) {
  return (
    <div className="import-dock">
      {back}
      <span className="grow" />
      {note && <span className="small mute narrow-hide">{note}</span>}
      {children}
    </div>
  );
}
