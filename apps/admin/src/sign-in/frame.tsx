import type { FormEvent, ReactNode } from 'react';
import { BrandLinks } from '../layout/brand-links';
import { LanguageSelect } from '../layout/language-select';
import { logoOf, useBrand } from '../providers/brand';
import { Picture } from './picture';

/** Frame of the pages without the panel around them: a form beside the picture. */
export function SignInFrame({
  title,
  lead,
  children,
  onSubmit,
}: {
  title: string;
  lead?: string;
  children: ReactNode;
  onSubmit?: (event: FormEvent<HTMLFormElement>) => void;
}) {
  const brand = useBrand();
  return (
    <div className="sign-in">
      <main id="main-content">
        <form className="inner" onSubmit={onSubmit ?? ((event) => event.preventDefault())} noValidate>
          <header className="row">
            <span className="row strong">
              <img src={logoOf(brand)} alt="" width={24} height={24} /> {brand.name}
            </span>
            <LanguageSelect />
          </header>
          <div>
            <h1>{title}</h1>
            {lead && <p className="soft">{lead}</p>}
          </div>
          {children}
          <BrandLinks />
        </form>
      </main>
      <aside className="picture" aria-label={brand.name}>
        <Picture />
      </aside>
    </div>
  );
}
