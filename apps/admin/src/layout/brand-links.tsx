import { Link } from '@mui/material';
import { useTranslate } from 'react-admin';
import { useBrand } from '../providers/brand';

/** Links of the brand: support and imprint, where they are set. */
export function BrandLinks() {
  const translate = useTranslate();
  const brand = useBrand();
  if (!brand.support_url && !brand.imprint_url) return null;
  return (
    <div className="row small" style={{ gap: 12 }}>
      {brand.support_url && <Link href={brand.support_url}>{translate('settings.brand.support')}</Link>}
      {brand.imprint_url && (
        <Link href={brand.imprint_url} target="_blank" rel="noreferrer">
          {translate('settings.brand.imprint')}
        </Link>
      )}
    </div>
  );
}
