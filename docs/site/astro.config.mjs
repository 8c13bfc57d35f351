// The documentation site: Starlight with the pages that `prepare.mjs` writes.
import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';

import { sidebar } from './pages.mjs';

/** Puts each table into a container, which scrolls on narrow screens and can have the focus. */
function containers() {
  const count = (node) => (node.tagName === 'th' ? 1 : (node.children ?? []).reduce((sum, child) => sum + count(child), 0));
  return (tree) => {
    const visit = (node) => {
      node.children = node.children?.map((child) => {
        if (child.tagName !== 'table') return visit(child);
        const className = count(child) > 3 ? ['table', 'wide'] : ['table'];
        return { type: 'element', tagName: 'div', properties: { className, tabIndex: 0 }, children: [child] };
      });
      return node;
    };
    visit(tree);
  };
}

export default defineConfig({
  telemetry: false,
  // Searching and reading need no server.
  output: 'static',
  markdown: { rehypePlugins: [containers] },
  integrations: [
    starlight({
      title: 'callfluent',
      description: 'Typed client for the CallFluent API, for Python, Node and Rust.',
      sidebar: await sidebar(),
      customCss: ['./src/styles/site.css'],
      credits: false,
      tableOfContents: { minHeadingLevel: 2, maxHeadingLevel: 3 },
      // Lines wrap: scrolling code would be another stop of the keyboard for each block.
      expressiveCode: { themes: ['github-dark', 'github-light'], defaultProps: { wrap: true, frame: 'none' } },
    }),
  ],
});
