import { DragEvent } from 'react';

/**
 * Attributes of an element that inserts code where it is dropped: into a cell, an editor or a
 * console, in this window or another one.
 */
export function codeSource(code: string): {
  draggable: true;
  onDragStart: (event: DragEvent) => void;
} {
  return {
    draggable: true,
    onDragStart: ({ dataTransfer }) => {
      dataTransfer.setData('text/plain', code);
      dataTransfer.effectAllowed = 'copy';
    }
  };
}
