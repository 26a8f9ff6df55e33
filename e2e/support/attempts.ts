/** Ways by which a page or a worker could send something away. */

export interface Place { http: string; ws: string; udpPort: number }

export const FROM_SERVICE = ['fetch', 'keepalive', 'websocket', 'eventsource'] as const;
export const FROM_WORKERS = [...FROM_SERVICE, 'xhr', 'import'] as const;
export const FROM_PAGE = [
  ...FROM_WORKERS, 'beacon', 'ping', 'image', 'css', 'stylesheet', 'script', 'font', 'audio', 'frame', 'form', 'prefetch',
] as const;
/** The browser doesn't tell the caller whether anything came of these. Besides: 'rtc', 'navigate' and 'popup', which no policy governs. */
export const SILENT: readonly string[] = ['beacon', 'ping', 'css', 'frame', 'form'];

/**
 * Runs in the browser, in page and workers. Resolves when the attempt has come to something: 'done' or 'refused' as far as the
 * browser tells, 'missing' where there is no such means.
 */
export function attempt({ way, place }: { way: string; place: Place }): Promise<string> {
  const to = `${place.http}/${way}`;
  const outcome = (target: EventTarget, good: string, bad: string) => new Promise<string>(resolve => {
    target.addEventListener(good, () => resolve('done'), { once: true });
    target.addEventListener(bad, () => resolve('refused'), { once: true });
  });
  const add = (tag: string, values: Record<string, string>, append = true): HTMLElement => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
    if (append) document.body.append(element);
    return element;
  };
  const begin = (): string | Promise<string> => {
    switch (way) {
      case 'fetch': return fetch(to, { method: 'POST', body: 'pixels', mode: 'no-cors' }).then(() => 'done');
      case 'keepalive': return fetch(to, { method: 'POST', body: 'pixels', mode: 'no-cors', keepalive: true }).then(() => 'done');
      case 'websocket': return outcome(new WebSocket(`${place.ws}/${way}`), 'open', 'error');
      case 'eventsource': return outcome(new EventSource(to), 'open', 'error');
      case 'xhr': {
        const request = new XMLHttpRequest();
        request.open('POST', to);
        request.send('pixels');
        return outcome(request, 'load', 'error');
      }
      case 'beacon': return navigator.sendBeacon(to, 'pixels') ? 'done' : 'refused';
      case 'ping': {
        const link = add('a', { href: '#', ping: to });
        link.click();
        return 'done';
      }
      case 'image': return outcome(add('img', { src: to }), 'load', 'error');
      case 'css': {
        const box = add('div', {});
        box.style.backgroundImage = `url("${to}")`;
        box.style.height = '9px';
        return new Promise(resolve => { requestAnimationFrame(() => { requestAnimationFrame(() => resolve('done')); }); });
      }
      case 'stylesheet': return outcome(add('link', { rel: 'stylesheet', href: to }), 'load', 'error');
      case 'script': {
        const script = document.createElement('script');
        script.src = to;
        document.body.append(script);
        return outcome(script, 'load', 'error');
      }
      case 'import': return import(/* @vite-ignore */ to).then(() => 'done');
      case 'font': return new FontFace('elsewhere', `url("${to}")`).load().then(() => 'done');
      case 'audio': return outcome(add('audio', { src: to, preload: 'auto' }), 'loadedmetadata', 'error');
      case 'frame': return outcome(add('iframe', { src: to }), 'load', 'error');
      case 'form': {
        add('iframe', { name: 'result' });
        const form = add('form', { action: to, method: 'post', target: 'result' }) as HTMLFormElement;
        form.submit();
        return 'done';
      }
      case 'prefetch': return outcome(add('link', { rel: 'prefetch', href: to }), 'load', 'error');
      case 'rtc': {
        if (typeof RTCPeerConnection === 'undefined') return 'missing';
        const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:127.0.0.1:${place.udpPort}` }] });
        peer.createDataChannel('pixels');
        return peer.createOffer().then(offer => peer.setLocalDescription(offer)).then(() => 'done');
      }
      case 'navigate': {
        location.href = to;
        return 'done';
      }
      case 'popup': return window.open(to) ? 'done' : 'refused';
      default: throw new Error(`There is no way "${way}".`);
    }
  };
  return Promise.resolve().then(begin).catch(() => 'refused');
}
