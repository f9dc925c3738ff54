import { IRemoteObject } from '../tokens';

/**
 * Python that gives an object: what the user wrote, or a ref to what a name stands for.
 */
export function codeOf(object: IRemoteObject): string {
  if (!object.is_name) {
    return object.expression;
  }
  // A JSON string is a Python string.
  const [session, engine, name] = [
    object.session,
    object.engine,
    object.expression
  ].map(text => JSON.stringify(text));
  return `emout_lab.connect(name=${session}).engine(${engine})[${name}]`;
}
