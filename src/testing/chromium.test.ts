import { expect, test } from 'vitest';
import { candidates, chromiumFlags, findChromium, guessAdapter } from './chromium.ts';

test('the user\'s own choice comes first, and one that does not exist is an error, not passed over', () => {
  expect(findChromium({ CHROME_PATH: process.execPath })).toBe(process.execPath);
  expect(() => findChromium({ CHROME_PATH: '/no/such/chrome' })).toThrow('CHROME_PATH is /no/such/chrome, where there is no file');
});

test('each platform is searched where its browsers lie', () => {
  expect(candidates({ PATH: '/opt/bin' }, 'linux')).toEqual(expect.arrayContaining(['/opt/bin/chromium', '/usr/bin/google-chrome', '/snap/bin/chromium']));
  expect(candidates({}, 'darwin')).toContain('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
  expect(candidates({ PROGRAMFILES: 'C:\\Program Files' }, 'win32')).toContain('C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe');
});

test('only the software adapter is asked for by name', () => {
  expect(chromiumFlags('swiftshader')).toContain('--use-webgpu-adapter=swiftshader');
  expect(chromiumFlags('default').join()).not.toContain('swiftshader');
  expect(guessAdapter({ CI: '1' })).toBe('swiftshader');
});
