import { writeFile } from 'node:fs/promises';
import { parseProfile, PROFILE_USAGE } from './args.ts';
import { unwrap, withPage } from './browser.ts';
import { profileLines } from './profile-table.ts';
import { UserError } from './user-error.ts';

/** Times one step of a configuration, kernel by kernel, against what the device can do. */
export async function main(argv: string[], root: string): Promise<number> {
  const args = parseProfile(argv);
  if (args.help) {
    console.log(PROFILE_USAGE);
    return 0;
  }
  await withPage({ root, html: 'profile.html', files: [], adapter: args.adapter }, async page => {
    const profile = unwrap(await page.evaluate(config => window.glimpseProfile(config), args.config));
    console.log(profileLines(profile).join('\n'));
    if (args.json === undefined) return;
    await writeFile(args.json, `${JSON.stringify({ config: args.config, ...profile }, null, 2)}\n`).catch((thrown: unknown) => {
      throw new UserError(`The profile can't be written to ${args.json}: ${(thrown as Error).message}`);
    });
  });
  return 0;
}
