import type { SurveyTab } from '#app/store/looking.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { whole } from '#app/ui/common/format.ts';
import { Searching } from './searching.tsx';

/** Begins to look through the whole dataset, or says how far that is. `step` is that of what is shown, null where nothing is. */
export function Survey({ tab, step, label }: { tab: SurveyTab; step: number | null; label: string }) {
  const search = useStore(s => (s.search?.task === tab ? s.search : null));
  const count = useStore(s => s.dataset?.count ?? 0);
  const now = useStore(s => s.at ?? s.latest?.step ?? 0);
  const survey = useStore(s => s.survey);
  if (search) return <Searching search={search} label={label} />;
  return (
    <div>
      <Button kind={step === null ? 'primary' : 'plain'} onClick={() => { void survey(tab, true); }}>
        {step === null ? `Look through all ${whole(count)} images` : step === now ? 'Look through them again' : `Look through them again, at step ${whole(now)}`}
      </Button>
    </div>
  );
}
