import { type DragEvent, useRef, useState } from 'react';
import { GUEST, type View } from '#contract/trainer.ts';
import type { Tab } from '#app/store/looking.ts';
import { useStore } from '#app/store/store.ts';
import { Button } from '#app/ui/common/button.tsx';
import { whole } from '#app/ui/common/format.ts';
import { Panel } from '#app/ui/common/panel.tsx';
import { AttentionView } from './attention-view.tsx';
import css from './insight.module.css';
import { MatchesView } from './matches-view.tsx';
import { PartsView } from './parts-view.tsx';
import { SimilarityView } from './similarity-view.tsx';
import { Tabs } from './tabs.tsx';
import { Timeline } from './timeline.tsx';
import { useViews } from './use-views.ts';

const TABS: readonly { id: Tab; label: string }[] = [
  { id: 'attention', label: 'Attention' }, { id: 'similarity', label: 'Similarity' }, { id: 'parts', label: 'Parts' }, { id: 'matches', label: 'Matches' },
];

export function InsightPanel() {
  useViews();
  const tab = useStore(s => s.choices.tab);
  const choose = useStore(s => s.choose);
  const shown: View | null = useStore(s => s[tab]);
  const hasImages = useStore(s => (s.dataset?.count ?? 0) > 0 || s.imageIndex === GUEST);
  const { over, handlers } = useGuestDrop();
  return (
    <div className={over ? css.over : undefined} {...handlers}>
      <Panel title="What it sees" note={shown && hasImages ? <Origin step={shown.step} /> : undefined}>
        {hasImages ? (
          <Tabs label="Ways to look" tabs={TABS} selected={tab} onSelect={id => { choose({ tab: id }); }}>
            <Timeline />
            <Guest />
            <Shown tab={tab} />
            <Footer />
          </Tabs>
        ) : <p className={css.empty}>Add images to see where the network looks in them, head by head.</p>}
        {over && <p className={css.drop} aria-hidden="true">Drop one picture to look at it. It doesn&rsquo;t become one of the images.</p>}
      </Panel>
    </div>
  );
}

function Shown({ tab }: { tab: Tab }) {
  const attention = useStore(s => s.attention);
  const similarity = useStore(s => s.similarity);
  const parts = useStore(s => s.parts);
  const matches = useStore(s => s.matches);
  switch (tab) {
    case 'attention': return attention ? <AttentionView attention={attention} /> : <Waiting />;
    case 'similarity': return similarity ? <SimilarityView maps={similarity} /> : <Waiting />;
    case 'parts': return parts ? <PartsView maps={parts} /> : <Waiting />;
    case 'matches': return matches ? <MatchesView maps={matches} /> : <Waiting />;
  }
}

function Waiting() {
  return <p className={css.empty} role="status">Looking.</p>;
}

function Origin({ step }: { step: number }) {
  return <span data-testid="attention-step" data-step={step}>{step === 0 ? 'step 0, untrained' : `at step ${whole(step)}`}</span>;
}

function OwnPicture() {
  const input = useRef<HTMLInputElement>(null);
  const look = useStore(s => s.look);
  return (
    <>
      <Button kind="quiet" onClick={() => input.current?.click()}>Your own picture</Button>
      <input ref={input} hidden type="file" accept="image/*" aria-label="Picture to look at" onChange={e => {
        const [file] = e.currentTarget.files ?? [];
        if (file) void look(file);
        e.currentTarget.value = ''; // so that choosing the same one again is a change
      }} />
    </>
  );
}

function Guest() {
  const guest = useStore(s => s.imageIndex === GUEST ? s.guest : null);
  const hasImages = useStore(s => (s.dataset?.count ?? 0) > 0);
  const chooseImage = useStore(s => s.chooseImage);
  if (guest === null) return null;
  return (
    <p className={css.guest}>
      <span>Looking at <b>{guest}</b>, which is not one of the images.</span>
      {hasImages && <Button kind="quiet" onClick={() => { chooseImage(0); }}>Back to the images</Button>}
    </p>
  );
}

function Footer() {
  const follow = useStore(s => s.choices.follow);
  const choose = useStore(s => s.choose);
  return (
    <div className={css.foot}>
      <label className={css.check}><input type="checkbox" checked={follow} onChange={e => { choose({ follow: e.currentTarget.checked }); }} />Update while training</label>
      <OwnPicture />
    </div>
  );
}

/** One picture dropped on the panel is looked at; anything else is left to the page. */
function useGuestDrop() {
  const look = useStore(s => s.look);
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const single = (event: DragEvent) => {
    const { items } = event.dataTransfer;
    return items.length === 1 && items[0]!.kind === 'file' && items[0]!.type.startsWith('image/');
  };
  const enter = (by: 1 | -1) => (event: DragEvent) => {
    if (!single(event)) return;
    depth.current = Math.max(0, depth.current + by);
    setOver(depth.current > 0);
  };
  return {
    over,
    handlers: {
      onDragEnter: enter(1), onDragLeave: enter(-1),
      onDragOver: (event: DragEvent) => { if (single(event)) event.preventDefault(); },
      onDrop: (event: DragEvent) => {
        depth.current = 0;
        setOver(false);
        const file = single(event) ? event.dataTransfer.files[0] : undefined;
        if (!file) return;
        event.preventDefault();
        void look(file);
      },
    },
  };
}
