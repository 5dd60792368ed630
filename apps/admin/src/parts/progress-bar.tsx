import './records.css';

/** A bar of long work. @param total null: it is not known */
export function ProgressBar({ label, done, total }: { label: string; done: number; total: number | null }) {
  return (
    <div
      className="job-bar"
      role="progressbar"
      aria-label={label}
      {...(total !== null && { 'aria-valuemin': 0, 'aria-valuemax': total, 'aria-valuenow': Math.min(done, total) })}
    >
      <i style={{ width: `${total === null ? 4 : total === 0 ? 0 : Math.min(100, (done / total) * 100)}%` }} />
    </div>
  );
}
