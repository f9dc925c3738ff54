// Lets React's act() drive effects and updates in tests.
globalThis.IS_REACT_ACT_ENVIRONMENT = true;
