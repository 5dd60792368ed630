import './report.css';
import LinkOffOutlined from '@mui/icons-material/LinkOffOutlined';
import { type ReactNode, useEffect } from 'react';
import { useTranslate } from 'react-admin';
import { BrandLinks } from '../layout/brand-links';
import { LanguageMenu } from '../layout/language-menu';
import { Note } from '../parts/page';
import { logoOf, useBrand } from '../providers/brand';
import type { ApiError } from '../providers/client';

/** The frame of a page for somebody who has a link and no account. */
export function Sheet({ title, acts, children }: { title: string; acts?: ReactNode; children: ReactNode }) {
  const brand = useBrand();
  useEffect(() => {
    document.title = `${title} · ${brand.name}`;
  }, [title, brand.name]);
  return (
    <div className="report">
      <header>
        <span className="row strong">
          <img src={logoOf(brand)} alt="" height={24} /> {brand.name}
        </span>
        <span className="row print-none">
          <LanguageMenu />
          {acts}
        </span>
      </header>
      <main id="main-content">{children}</main>
      <footer className="print-none">
        <BrandLinks />
      </footer>
    </div>
  );
}

/** The link does not work now, in words for somebody who knows nothing of the panel. */
export function LinkOver({ title, error }: { title: string; error: ApiError }) {
  const translate = useTranslate();
  const why =
    error.status === 410 ? 'over' : error.status === 429 ? 'too_many' : error.status === 0 || error.status >= 500 ? 'offline' : 'unknown';
  return (
    <>
      <h1>{title}</h1>
      <Note state="uncertain" icon={LinkOffOutlined} title={translate(`report.${why}`)}>
        {translate(`report.${why}_text`)}
      </Note>
    </>
  );
}
