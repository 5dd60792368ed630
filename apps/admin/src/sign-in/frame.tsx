import type { FormEvent, ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import { BrandLinks } from '../layout/brand-links';
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
  const translate = useTranslate();
  const brand = useBrand();
  return (
    <div className="sign-in">
      <main id="main-content">
        <form className="inner" onSubmit={onSubmit ?? ((event) => event.preventDefault())} noValidate>
          <span className="row strong">
            <img src={logoOf(brand)} alt="" width={24} height={24} /> {brand.name}
          </span>
          <div>
            <h1>{title}</h1>
            {lead && <p className="soft">{lead}</p>}
          </div>
          {children}
          <BrandLinks />
        </form>
      </main>
      <aside className="picture" aria-label={translate('sign_in.picture')}>
        <Picture />
      </aside>
    </div>
  );
}
