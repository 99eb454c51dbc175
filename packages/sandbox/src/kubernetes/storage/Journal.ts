import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** One change on disk. `json` is absent for a deletion's last state, which is not needed again. */
export interface JournalEntry {
  revision: number;
  table: string;
  key: string;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  json: string;
}

/** One object of a snapshot. */
export interface SnapshotEntry {
  table: string;
  key: string;
  json: string;
}

/** What was found on disk. */
export interface JournalContent {
  snapshotRevision: number;
  snapshot: SnapshotEntry[];
  entries: JournalEntry[];
}

const snapshotFile = 'snapshot.jsonl';

/**
 * Durable memory of the API: a snapshot, and every change since, one JSON line each. A line is handed to the operating system
 * before the write is answered, so a killed process loses nothing; an incomplete last line is the trace of a write that was never
 * answered and is dropped. A new snapshot names its own journal file and takes effect by an atomic rename.
 */
export class Journal {
  private file = -1;
  private generation = 0;
  private written = 0;

  private constructor(private readonly folder: string) {}

  /** Opens (or creates) the journal in `folder` and reads what is there. */
  static open(folder: string): { journal: Journal; content: JournalContent } {
    mkdirSync(folder, { recursive: true });
    const journal = new Journal(folder);
    const content = journal.read();
    journal.removeStaleFiles();
    journal.file = openSync(journal.path(), 'a');
    journal.written = content.entries.length;
    return { journal, content };
  }

  /** Number of changes since the last snapshot. */
  get length(): number {
    return this.written;
  }

  append(entry: JournalEntry): void {
    const { json, ...rest } = entry;
    const head = JSON.stringify(rest);
    writeAll(this.file, `${head.slice(0, -1)},"object":${json}}\n`);
    this.written++;
  }

  /** Replaces snapshot and journal by the given state. */
  compact(revision: number, objects: Iterable<SnapshotEntry>): void {
    const next = this.generation + 1;
    const temporary = join(this.folder, `${snapshotFile}.tmp`);
    const file = openSync(temporary, 'w');
    let portion = `${JSON.stringify({ revision, generation: next })}\n`;
    for (const { table, key, json } of objects) {
      portion += `${JSON.stringify({ table, key }).slice(
        0,
        -1,
      )},"object":${json}}\n`;
      if (portion.length > 1_000_000) {
        writeAll(file, portion);
        portion = '';
      }
    }
    writeAll(file, portion);
    fsyncSync(file);
    closeSync(file);
    const journal = openSync(this.path(next), 'w');
    renameSync(temporary, join(this.folder, snapshotFile));
    closeSync(this.file);
    rmSync(this.path(), { force: true });
    this.file = journal;
    this.generation = next;
    this.written = 0;
  }

  close(): void {
    closeSync(this.file);
    this.file = -1;
  }

  private path(generation = this.generation): string {
    return join(this.folder, `journal-${generation}.jsonl`);
  }

  private read(): JournalContent {
    const content: JournalContent = {
      snapshotRevision: 0,
      snapshot: [],
      entries: [],
    };
    const snapshotPath = join(this.folder, snapshotFile);
    if (existsSync(snapshotPath)) {
      const [head, ...lines] = completeLines(
        readFileSync(snapshotPath, 'utf8'),
      );
      const header = JSON.parse(head);
      content.snapshotRevision = header.revision;
      this.generation = header.generation;
      content.snapshot = lines.map(line => {
        const { table, key, object } = JSON.parse(line);
        return { table, key, json: JSON.stringify(object) };
      });
    }
    if (existsSync(this.path())) {
      const text = readFileSync(this.path(), 'utf8');
      const lines = completeLines(text);
      content.entries = lines.map(line => {
        const { object, ...entry } = JSON.parse(line);
        return { ...entry, json: JSON.stringify(object) };
      });
      if (!text.endsWith('\n') && text.length > 0) {
        // What follows would otherwise be glued to the torn line.
        truncateSync(
          this.path(),
          Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)),
        );
      }
    }
    return content;
  }

  private removeStaleFiles(): void {
    for (const name of readdirSync(this.folder)) {
      const generation = /^journal-(\d+)\.jsonl$/.exec(name)?.[1];
      if (generation && Number(generation) !== this.generation) {
        rmSync(join(this.folder, name), { force: true });
      }
    }
  }
}

function completeLines(text: string): string[] {
  const lines = text.split('\n');
  // The part after the last line break is empty, or an incomplete line.
  lines.pop();
  return lines;
}

function writeAll(file: number, text: string): void {
  const buffer = Buffer.from(text);
  let offset = 0;
  while (offset < buffer.length) {
    offset += writeSync(file, buffer, offset);
  }
}
