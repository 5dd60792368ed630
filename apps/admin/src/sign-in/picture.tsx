/** The only picture of the panel: a station that sends light over the hills. */
export function Picture() {
  const rays = [-54, -36, -18, 0, 18, 36, 54];
  return (
    <svg viewBox="0 0 400 400" width="72%" role="img" aria-hidden="true" fill="none" strokeLinecap="round">
      <circle cx="200" cy="236" r="58" fill="var(--sun)" />
      {rays.map((angle) => (
        <path key={angle} d="M200 148v-44" stroke="var(--sun)" strokeWidth="6" transform={`rotate(${angle} 200 236)`} />
      ))}
      <path d="M0 300c60-46 110-46 160-12s110 34 240-34v146H0z" fill="var(--surface)" />
      <path d="M0 300c60-46 110-46 160-12s110 34 240-34" stroke="var(--border-strong)" strokeWidth="2" />
      <path d="M0 344c80-30 150-22 220 2s120 20 180-6" stroke="var(--border)" strokeWidth="2" />
      <path d="M92 262v-40m-14 40h28" stroke="var(--text)" strokeWidth="4" />
      <rect x="80" y="204" width="24" height="18" rx="3" fill="var(--text)" />
    </svg>
  );
}
