// Reads templates into trees and answers questions about them.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

/** Loads the parser from the folder that npm installed into. */
export async function loadParser(modules) {
  const require = createRequire(join(modules, 'here.js'));
  const { Parser, Language } = require('web-tree-sitter');
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(join(dirname(require.resolve('tree-sitter-bicep/package.json')), 'tree-sitter-bicep.wasm')));
  return parser;
}

/** Every file below a folder with one of the endings, as paths from the root. */
export function filesBelow(root, folder, endings) {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && endings.some(ending => entry.name.endsWith(ending)))
    .map(entry => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .filter(path => !path.includes('node_modules'))
    .sort();
}

/** All nodes below, the node itself first. */
export function* nodes(node) {
  yield node;
  for (let i = 0; i < node.namedChildCount; i++) yield* nodes(node.namedChild(i));
}

export const children = node => Array.from({ length: node.namedChildCount }, (_, i) => node.namedChild(i));

/** Places where the text is no Bicep. */
export function syntaxErrors(tree) {
  const found = [];
  const walk = node => {
    if (node.type === 'ERROR' || node.isMissing) found.push(`line ${node.startPosition.row + 1}: ${node.text.slice(0, 60)}`);
    for (let i = 0; i < node.childCount; i++) walk(node.child(i));
  };
  walk(tree.rootNode);
  return found;
}

/** The text of a string without its quotes. */
export const text = node => node.text.replace(/^'|'$/g, '');

/** The value of a property, by its name; undefined where the object has none. */
export function property(object, name) {
  if (object?.type !== 'object') return undefined;
  for (const one of children(object)) {
    if (one.type !== 'object_property') continue;
    const parts = children(one).filter(part => part.type !== 'decorators');
    if (parts.length > 1 && text(parts[0]) === name) return parts.at(-1);
  }
  return undefined;
}

/** Names of an object's properties. */
export const propertyNames = object => children(object)
  .filter(one => one.type === 'object_property')
  .map(one => children(one).filter(part => part.type !== 'decorators'))
  .filter(parts => parts.length > 1 && parts[0].type !== 'resource_declaration')
  .map(parts => text(parts[0]));

/** A template: its declarations with what stands over and in them. */
export class Template {
  constructor(root, path, tree) {
    this.root = root;
    this.path = path;
    this.tree = tree;
    this.declarations = [];
    this.#collect(tree.rootNode);
  }

  of(kind) {
    return this.declarations.filter(one => one.kind === kind);
  }

  /** The file that a module's or an import's path means, from the root. */
  target(path) {
    return relative(this.root, resolve(this.root, dirname(this.path), path));
  }

  #collect(node, parent) {
    let decorators = [];
    for (const child of children(node)) {
      if (child.type === 'decorators') {
        decorators = children(child).map(one => one.text.replace(/^@/, ''));
        continue;
      }
      const kind = { parameter_declaration: 'param', variable_declaration: 'var', resource_declaration: 'resource', module_declaration: 'module',
        output_declaration: 'output', type_declaration: 'type', import_functionality: 'import' }[child.type];
      if (kind) this.#declare(kind, child, decorators, parent);
      decorators = [];
    }
  }

  #declare(kind, node, decorators, parent) {
    const parts = children(node);
    const name = text(parts[0]);
    const declaration = { kind, name, node, decorators, parent, line: node.startPosition.row + 1 };
    if (kind === 'resource' || kind === 'module') {
      const [type, version] = text(parts[1]).split('@');
      Object.assign(declaration, { type, version, isExisting: /^resource\s+\w+\s+'[^']*'\s+existing\b/.test(node.text) });
      declaration.body = [...nodes(node)].find(one => one.type === 'object');
      if (kind === 'resource' && parent) {
        declaration.type = `${parent.type}/${type}`;
        declaration.version = version ?? parent.version;
      }
    }
    if (kind === 'param') declaration.isRequired = !/^param\s+\w+\s[^=]*=/.test(node.text) && !/\?\s*$/.test(node.text);
    this.declarations.push(declaration);
    if (declaration.body) for (const property of children(declaration.body)) this.#collect(property, declaration);
  }
}

/** Reads a template, from its file or as given; a parameter file is read as variables, which have the same values. */
export function readTemplate(parser, root, path, given) {
  let source = given ?? readFileSync(join(root, path), 'utf8');
  let using;
  if (path.endsWith('.bicepparam')) {
    using = source.match(/^using '([^']+)'/m)?.[1];
    source = source.replace(/^using '[^']+'/m, '').replace(/^param (\w+) =/gm, 'var $1 =');
  }
  const template = new Template(root, path, parser.parse(source));
  template.source = source;
  template.using = using && template.target(using);
  return template;
}
