using Jobtree.Actors.Operations;

namespace Jobtree.Cli.Commands;

/// <summary>Continues with the value of a result, or passes on its problem.</summary>
internal static class ResultExtensions
{
    /// <summary>Maps the value.</summary>
    public static async Task<Result<TTo>> Then<TFrom, TTo>(this Task<Result<TFrom>> pending, Func<TFrom, TTo> next) =>
        (await pending).Succeeded(out var value, out var problem) ? Results.Of(next(value)) : problem;

    /// <summary>Runs another operation on the value.</summary>
    public static async Task<Result<TTo>> Then<TFrom, TTo>(
        this Task<Result<TFrom>> pending, Func<TFrom, Task<Result<TTo>>> next) =>
        (await pending).Succeeded(out var value, out var problem) ? await next(value) : problem;
}
