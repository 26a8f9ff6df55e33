import { describe, expect, it } from 'vitest';
import { ownScript } from '#lib/own-script.ts';
import { leaves } from './lockdown.ts';

const BASE = 'https://host.example/glimpse/';

describe('scripts', () => {
  it('come from the page\'s own origin', () => {
    expect(ownScript('assets/worker.js', BASE)).toBe('https://host.example/glimpse/assets/worker.js');
    expect(ownScript('https://host.example/x.js', BASE)).toBe('https://host.example/x.js');
  });

  it.each(['https://elsewhere.example/x.js', '//elsewhere.example/x.js', 'http://host.example/x.js', 'https://host.example:8443/x.js', 'data:text/javascript,1', 'blob:https://host.example/1'])('not %s', address => {
    expect(() => ownScript(address, BASE)).toThrow(/from its own address alone/);
  });
});

describe('navigations', () => {
  it.each(['https://elsewhere.example/?pixels', '//elsewhere.example', 'data:text/html,x', 'http://host.example/'])('to %s leave', address => { expect(leaves(address, BASE)).toBe(true); });
  it.each(['', '#a', '/', 'https://host.example/other', 'blob:https://host.example/1'])('to "%s" stay', address => { expect(leaves(address, BASE)).toBe(false); });
});
