// The documentation site: Starlight with the pages that `prepare.mjs` writes.
import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';

import { sidebar } from './pages.mjs';

/** All elements with this name below a node. */
function elements(node, name) {
  const children = node.children ?? [];
  return children.flatMap((child) => (child.tagName === name ? [child] : elements(child, name)));
}

/** Text that can be wrapped before and after the punctuation of paths and calls. */
function wrappable(node) {
  const pieces = (node.children ?? []).flatMap(({ value = '' }) => value.split(/(?<=[/(,])|(?=\.[a-z]|{)/));
  const wbr = { type: 'element', tagName: 'wbr', properties: {}, children: [] };
  node.children = pieces.flatMap((value, index) => [...(index > 0 ? [wbr] : []), { type: 'text', value }]);
}

/** Puts each table into a container, which scrolls and can have the focus. Wide ones get labels,
 *  because narrow screens show their cells below each other. */
function tables() {
  const visit = (node) => {
    node.children = node.children?.map((child) => {
      if (child.tagName !== 'table') return visit(child);
      const labels = elements(child, 'th').map((header) => header.children[0]?.value ?? '');
      const isWide = labels.length > 3;
      if (isWide) {
        for (const row of elements(child, 'tr')) {
          elements(row, 'td').forEach((cell, index) => (cell.properties = { ...cell.properties, 'data-label': labels[index] }));
        }
        elements(child, 'code').forEach(wrappable);
      }
      const className = isWide ? ['table', 'wide'] : ['table'];
      return { type: 'element', tagName: 'div', properties: { className, tabIndex: 0 }, children: [child] };
    });
    return node;
  };
  return visit;
}

export default defineConfig({
  telemetry: false,
  // Searching and reading need no server.
  output: 'static',
  markdown: { rehypePlugins: [tables] },
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
