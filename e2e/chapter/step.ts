// The chapter as data: what a reader types, and what must be seen. Played by kubectl, and in the page.

export interface Step {
  /** A line for a shell on `master`, as the chapter prints it. */
  run: string;
  /** What the output must match. Where `eventually` is set, the line is run again until it does. */
  see?: RegExp;
  /** What the output must not match. */
  miss?: RegExp;
  /** Wait for `see` by running the line again, for some minutes at most. */
  eventually?: boolean;
  /** Files written into the learner's home before the line is run: name and text. */
  files?: Record<string, string>;
}

/** A Pod's manifest, with the file's name on its first line as the chapter has it. */
export const pod = (name: string, spec: string) => `# ${name}.yaml
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
${spec.replace(/^\n/, "")}`;

export interface Section {
  id: string;
  title: string;
  steps: Step[];
}
