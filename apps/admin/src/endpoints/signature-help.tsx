import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { CodeBlock } from '../parts/code-block';
import { sampleLanguages, signatureSamples } from './signature-samples';

const samples = signatureSamples();

/** Code that verifies the signature, in four languages. */
export function SignatureHelp() {
  const translate = useTranslate();
  const [shown, setShown] = useState<keyof typeof sampleLanguages>('js');
  return (
    <div className="wide-form" style={{ gap: 8 }}>
      <div className="row">
        <b className="small">{translate('endpoints.signature.title')}</b>
        <span className="segment" role="group" aria-label={translate('endpoints.signature.language')}>
          {[...samples.keys()].map((language) => (
            <button key={language} type="button" aria-pressed={language === shown} onClick={() => setShown(language)}>
              {sampleLanguages[language]}
            </button>
          ))}
        </span>
      </div>
      <CodeBlock text={samples.get(shown) ?? ''} name={translate('endpoints.signature.sample', { language: sampleLanguages[shown] })} />
      <p className="small mute" style={{ margin: 0 }}>
        {translate('endpoints.signature.text')}
      </p>
    </div>
  );
}
