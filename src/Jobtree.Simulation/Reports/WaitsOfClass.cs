namespace Jobtree.Simulation.Reports;

/// <summary>The waits of one class of jobs.</summary>
/// <param name="Class">What the class is called.</param>
/// <param name="WaitMinutes">From arrival to the first start, of the jobs that ran.</param>
internal sealed record WaitsOfClass(string Class, Distribution WaitMinutes);
