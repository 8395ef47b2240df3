// What each file of shaders/ owes to its folder: the functions of its role, binding numbers of its range.
import { describe, expect, it } from 'vitest';
import { BINDING_RANGE, CONTRACT, type Role } from '../../src/wgsl/fragment.ts';
import { namesOf } from '../../src/wgsl/names.ts';
import { calls, fragments, ofRole } from './shaders.ts';

const roles = Object.keys(CONTRACT) as Role[];

it.each(roles.filter((role) => role !== 'lib'))('there is a fragment of role %s', (role) => {
  expect(ofRole(role).length).toBeGreaterThan(0);
});

describe.each(fragments.map((fragment) => [fragment.file, fragment] as const))('%s', (_file, fragment) => {
  const { role } = fragment;

  it('lies in the folder of a role and defines its functions', () => {
    expect(roles).toContain(role);
    expect(namesOf(fragment)).toEqual(expect.arrayContaining([...CONTRACT[role]]));
    expect(fragment.workgroup !== null).toBe(role === 'core');
  });

  it('binds numbers of its own range', () => {
    const [first, last] = BINDING_RANGE[role];
    for (const { name, group, binding } of fragment.bindings) {
      expect(group, name).toBe(role === 'lib' ? 1 : 0);
      if (role === 'lib') continue;
      expect(binding, name).toBeGreaterThanOrEqual(first);
      expect(binding, name).toBeLessThanOrEqual(last);
    }
  });

  it('does not stand in for another role', () => {
    const others = roles.filter((other) => other !== role).flatMap((other) => CONTRACT[other]);
    const declared = namesOf(fragment).filter((name) => others.includes(name));
    // A buffer may be called `dp` where no rectifier is called.
    const functions = declared.filter((name) => calls(fragment, name) || fragment.code.includes(`fn ${name}(`));
    expect(functions).toEqual([]);
  });

  it('opens with a comment that says what it computes', () => {
    expect(fragment.code).toMatch(/^\/\/ \S/);
  });
});

describe('calls', () => {
  const sample = { ...fragments[0]!, code: '// dx(x)\nfn forward(x: f32) -> f32 { return store (x); }' };
  it.each([
    ['store', true],
    ['forward', false],
    ['dx', false],
    ['f32', false],
  ])('of %s: %s', (name, expected) => {
    expect(calls(sample, name)).toBe(expected);
  });
});
