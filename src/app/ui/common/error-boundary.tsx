import { Component, type ReactNode } from 'react';

/** Shows what went wrong where a component throws, in place of an empty window. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <main role="alert">
        <h1>Glimpse could not draw this page</h1>
        <p>{error.message}</p>
        <p>Reload the page to start again. A run that was in progress is lost.</p>
        <button type="button" onClick={() => { location.reload(); }}>Reload</button>
      </main>
    );
  }
}
