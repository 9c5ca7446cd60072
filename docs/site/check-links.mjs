// Follows every link of the built site, to the heading that it names; what leads elsewhere is left alone.
import { fileURLToPath } from 'node:url';
import { check, LinkState } from 'linkinator';

const path = fileURLToPath(new URL('.vitepress/dist', import.meta.url));
const { links } = await check({
  path,
  recurse: true,
  checkFragments: true,
  cleanUrls: true,
  linksToSkip: async (link) => !/^http:\/\/(?:localhost|127\.0\.0\.1):/.test(link),
});
const broken = links.filter(({ state }) => state === LinkState.BROKEN);
for (const { url, parent, status } of broken) console.error(`${parent}: ${url} (${status})`);
console.log(`${links.length} links, ${broken.length} broken`);
process.exitCode = broken.length === 0 ? 0 : 1;
