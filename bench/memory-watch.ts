import type { ManagedProcess } from '../chaos/lab/managed-process';
import type { MemoryMeasure } from './judging';

const mebibyte = 1_048_576;
const everyMs = 200;

/** Watches the resident memory of processes. */
export class MemoryWatch {
  private readonly measures: (MemoryMeasure & { process: ManagedProcess })[];
  private readonly timer: NodeJS.Timeout;

  constructor(processes: Record<string, ManagedProcess | undefined>) {
    this.measures = Object.entries(processes).flatMap(([name, process]) =>
      process ? [{ name, process, atRestMb: sizeOf(process), maxMb: sizeOf(process) }] : [],
    );
    this.timer = setInterval(() => this.look(), everyMs);
  }

  /** Ends the watch. @returns what each process took at the beginning, and at most */
  stop(): MemoryMeasure[] {
    clearInterval(this.timer);
    this.look();
    return this.measures.map(({ name, atRestMb, maxMb }) => ({ name, atRestMb, maxMb }));
  }

  private look(): void {
    for (const measure of this.measures) measure.maxMb = Math.max(measure.maxMb, sizeOf(measure.process));
  }
}

const sizeOf = (process: ManagedProcess): number => (process.memory() ?? 0) / mebibyte;
