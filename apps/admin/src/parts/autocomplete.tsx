import { Autocomplete as MuiAutocomplete, Popper, type PopperProps } from '@mui/material';
import { type ComponentProps, createElement } from 'react';
import { useTranslate } from 'react-admin';

/** Place of the choices of a field. It stands at the end of the document, outside of the page's landmarks, so it is one of its own. */
function ChoicesPopper(props: PopperProps) {
  const translate = useTranslate();
  return <Popper {...props} role="region" aria-label={translate('form.choices')} />;
}

/** A field with choices. Not a default of the theme, which the sign-in page loads as well. */
export const Autocomplete = ((props: ComponentProps<typeof MuiAutocomplete>) =>
  createElement(MuiAutocomplete, { ...props, slots: { popper: ChoicesPopper, ...props.slots } })) as typeof MuiAutocomplete;
