/** The part of a Markdown tree (mdast) that we look at. */
export type MarkdownNode = {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly children?: readonly MarkdownNode[];
};

/** Names in a variable: the packages are found when the test runs, and their absence is a skip with a name. */
const packages = ['mdast-util-from-markdown', 'micromark-extension-gfm', 'mdast-util-gfm'] as const;

/** Returns a parser of GitHub's Markdown, or undefined where its packages are not installed. */
export async function loadGfmParser(): Promise<((markdown: string) => MarkdownNode) | undefined> {
  try {
    const [core, syntax, tree] = (await Promise.all(packages.map((name) => import(name)))) as [
      { fromMarkdown(text: string, options: object): MarkdownNode },
      { gfm(): object },
      { gfmFromMarkdown(): object },
    ];
    return (markdown) =>
      core.fromMarkdown(markdown, { extensions: [syntax.gfm()], mdastExtensions: [tree.gfmFromMarkdown()] });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Returns every node of a tree. */
export function everyNode(node: MarkdownNode): readonly MarkdownNode[] {
  return [node, ...(node.children ?? []).flatMap(everyNode)];
}
