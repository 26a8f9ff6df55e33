import { useState } from 'react';
import type { Config } from '#contract/config.ts';
import { toFailure } from '#app/store/client.ts';
import { linkOf } from '#app/store/link.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import css from './setup.module.css';

/** The settings as a link: never images, names or results. */
export function CopyLink() {
  const presetName = useStore(s => s.presetName);
  const config = useStore(s => s.config);
  const invalid = useStore(s => s.problems.length > 0);
  const addFailure = useStore(s => s.addFailure);
  const [copied, setCopied] = useState<Config | null>(null);
  const copy = async () => {
    const link = linkOf(location.href, presetName, config);
    try {
      await navigator.clipboard.writeText(link);
      setCopied(config);
    } catch (error) {
      addFailure({ name: 'ClipboardError', message: `The browser didn't let the link be copied (${toFailure(error).message}). Here it is: ${link}` });
    }
  };
  return (
    <>
      <span role="status" className={css.copied}>{copied === config && 'Copied'}</span>
      <Button kind="quiet" unavailable={invalid} title="A link that opens this page with these settings. It carries no images." onClick={() => { void copy(); }}>Copy link</Button>
    </>
  );
}
