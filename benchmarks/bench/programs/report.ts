/** Prints when a program's first row came, in milliseconds since its process began, and the processor's time until then. */
export async function report(query: () => Promise<{ rows: { role: string }[] }>): Promise<void> {
  const { rows } = await query();
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ role: rows[0]?.role, wall: performance.now(), cpu: (user + system) / 1000 }));
}
