/** What a host of the built page should send with every answer, and what of it the page and the service worker bring themselves. */

/** Cross-origin isolation: exact clocks and shared memory; no window of another site has a handle on this one. */
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * Nothing is loaded from or sent to another origin by page or worker; no text becomes code, but the addresses of our own
 * scripts (`app/lockdown.ts`). No directive governs navigations, and of peer connections only a draft speaks that Chromium
 * calls unknown: see docs/hosting.md.
 */
const DIRECTIVES = [
  "default-src 'none'", "script-src 'self'", "worker-src 'self'", "connect-src 'self'", "img-src 'self' blob: data:",
  "style-src 'self'", "font-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'none'",
  "require-trusted-types-for 'script'", 'trusted-types default',
];

/** Has no meaning in a page's own text. */
const HEADER_ONLY = "frame-ancestors 'none'";

export const META_POLICY = DIRECTIVES.join('; ');

export const PRODUCTION_HEADERS: Readonly<Record<string, string>> = {
  ...ISOLATION,
  'Content-Security-Policy': `${META_POLICY}; ${HEADER_ONLY}`,
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), hid=(), midi=(), payment=()',
  'X-Content-Type-Options': 'nosniff',
  'X-DNS-Prefetch-Control': 'off',
  'Referrer-Policy': 'no-referrer',
};

/** The page's text with the policy in its head, before anything that loads: for hosts that send no headers. */
export function withMetaPolicy(html: string): string {
  const charset = /<meta charset="utf-8" \/>/;
  if (!charset.test(html)) throw new Error('index.html has no <meta charset="utf-8" />, after which the content security policy would be put.');
  return html.replace(charset, found => `${found}\n    <meta http-equiv="Content-Security-Policy" content="${META_POLICY}" />`);
}
