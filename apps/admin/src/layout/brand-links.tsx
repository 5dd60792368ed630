import { useTranslate } from 'react-admin';
import { useBrand } from '../providers/brand';

/** Links of the brand: support and imprint, where they are set. */
export function BrandLinks() {
  const translate = useTranslate();
  const brand = useBrand();
  if (!brand.support_url && !brand.imprint_url) return null;
  return (
    <div className="row small" style={{ gap: 12 }}>
      {brand.support_url && <a href={brand.support_url}>{translate('settings.brand.support')}</a>}
      {brand.imprint_url && (
        <a href={brand.imprint_url} target="_blank" rel="noreferrer">
          {translate('settings.brand.imprint')}
        </a>
      )}
    </div>
  );
}
