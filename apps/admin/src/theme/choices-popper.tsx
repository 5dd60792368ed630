import { Popper, type PopperProps } from '@mui/material';
import { useTranslate } from 'react-admin';

/** Place of the choices of a field. It stands at the end of the document, outside of the page's landmarks, so it is one of its own. */
export function ChoicesPopper(props: PopperProps) {
  const translate = useTranslate();
  return <Popper {...props} role="region" aria-label={translate('form.choices')} />;
}
