// What a visitor says of an answer.
