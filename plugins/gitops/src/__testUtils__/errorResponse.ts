/** An error as Backstage backends answer with it. */
export function errorResponse(
  status: number,
  message: string,
  name = 'Error',
): Response {
  return Response.json(
    { error: { name, message }, response: { statusCode: status } },
    { status },
  );
}
