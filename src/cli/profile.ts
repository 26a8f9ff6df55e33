import { parseProfile, PROFILE_USAGE } from './args.ts';
import { unwrap, withPage } from './browser.ts';
import { profileLines } from './profile-table.ts';

/** Times one micro-batch of a configuration, kernel by kernel. */
export async function main(argv: string[], root: string): Promise<number> {
  const args = parseProfile(argv);
  if (args.help) {
    console.log(PROFILE_USAGE);
    return 0;
  }
  await withPage({ root, html: 'profile.html', files: [], adapter: args.adapter }, async page => {
    const profile = unwrap(await page.evaluate(config => window.glimpseProfile(config), args.config));
    console.log(profileLines(profile).join('\n'));
  });
  return 0;
}
