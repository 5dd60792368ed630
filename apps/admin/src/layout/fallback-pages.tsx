import { Button } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { Empty, Failed, Page, Skeleton } from '../parts/page';

/** An address that shows nothing. */
export function NotFoundPage() {
  return <Plain title="ra.page.not_found" text="ra.message.not_found" />;
}

/** A page that the roles of the person do not open. */
export function MayNotPage() {
  return <Plain title="ra.page.access_denied" text="ra.message.access_denied" />;
}

/** The sign-in could not be checked. */
export function UncheckedPage() {
  return <Plain title="ra.page.authentication_error" text="ra.message.authentication_error" />;
}

/** A page on its way. */
export function LoadingPage() {
  return <Skeleton />;
}

/** A fault of the panel itself. */
export function FaultPage({ error, resetErrorBoundary }: { error: Error; resetErrorBoundary: (...args: unknown[]) => void }) {
  return <Failed error={error} retry={resetErrorBoundary} />;
}

function Plain({ title, text }: { title: string; text: string }) {
  const translate = useTranslate();
  return (
    <Page title={translate(title)}>
      <div className="table-box">
        <Empty
          title={translate(text)}
          acts={
            <Button variant="outlined" component={Link} to="/">
              {translate('ra.page.dashboard')}
            </Button>
          }
        />
      </div>
    </Page>
  );
}
