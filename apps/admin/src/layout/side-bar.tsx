import { useTranslate } from 'react-admin';
import { Link, useLocation } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { useAlerts } from '../live/live-alerts';
import { logoOf, useBrand } from '../providers/brand';
import { useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';
import { BrandLinks } from './brand-links';
import { isOpenTo, menu } from './menu-items';

/** Pages in three groups; a person sees those that a permission opens. */
export function SideBar({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const translate = useTranslate();
  const me = useMe();
  const brand = useBrand();
  const tenant = useTenant();
  const { pathname } = useLocation();
  const format = useFormat();
  const { data: alerts } = useAlerts();
  const countOf = (name: string): number => {
    // The page of opt-outs begins with those to decide.
    const counted = name === 'suppressions' ? 'opt_out_reviews' : name;
    return alerts && counted in alerts.counts ? alerts.counts[counted as keyof typeof alerts.counts] : 0;
  };
  const isHere = (to: string) => (to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`));
  const groups = menu
    .map(({ group, items }) => ({
      group,
      items: items.filter((item) => isOpenTo(me, item, tenant)),
    }))
    .filter(({ items }) => items.length > 0);
  return (
    <nav
      className={`side${isOpen ? ' open' : ''}`}
      aria-label={translate('frame.pages')}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <Link className="brand" to="/">
        <img src={logoOf(brand)} alt="" />
        <span className="word">{brand.name}</span>
      </Link>
      {groups.map(({ group, items }) => (
        <section key={group} aria-labelledby={`menu-${group}`}>
          <h2 id={`menu-${group}`}>{translate(`menu.${group}`)}</h2>
          <ul>
            {items.map(({ name, to, icon: Icon }) => (
              <li key={name}>
                <Link to={to} title={translate(`menu.${name}`)} aria-current={isHere(to) ? 'page' : undefined}>
                  <Icon />
                  <span className="word">{translate(`menu.${name}`)}</span>
                  {countOf(name) > 0 && (
                    <span className="count">
                      {format.number(countOf(name))}
                      <span className="hidden"> {translate('alerts.need')}</span>
                    </span>
                  )}
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
      <footer>
        <BrandLinks />
        <div>
          {brand.installation ?? brand.name} {me?.version}
        </div>
      </footer>
    </nav>
  );
}
